"""Django's database engine of the PostgreSQL server that Amphora runs itself."""
