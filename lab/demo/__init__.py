"""The demo: made-up companies, scanned just now by the processes of a real installation."""
