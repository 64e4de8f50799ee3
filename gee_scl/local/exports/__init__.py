"""What tasks write: images and tables as files or assets, the queue that they wait in, and tables to be downloaded.

Here belongs everything that runs after its request was answered. It imports `assets`, `views`, `graph` and what is
below them.
"""
