"""Call a microservice as the class that declares it.

.. code-block:: python

    from coworks_runtime.client import remote

    shop = remote(Shop, "https://ID.execute-api.REGION.amazonaws.com/dev", token="...")
    order = shop.post_order(Order("x"))
"""

from .remote import remote

__all__ = ["remote"]
