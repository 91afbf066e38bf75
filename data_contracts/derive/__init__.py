"""What follows from the contracts and is written down nowhere else: lake types, pandera schemas, tables of the analysts'
database, JSON schema, ODCS documents of what we publish, the data dictionary."""
