"""Any OAuth authorization server that keeps to the standards: its metadata, its keys, and clients by RFC 7591/7592.

`metadata`, `keys` and `records` cut a document to an allow-list and know its members; `clients` maps one client;
`live` and `files` bring the documents; `connector` is the way in.
"""
