"""From names to routes: the route table and Werkzeug's URL map."""
