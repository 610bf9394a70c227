"""What a service does as a Lambda function; what reaches into Flask and Werkzeug is here."""
