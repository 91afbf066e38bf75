"""What is made, in the order the data flows: deliveries, registers, households, findings, tickets, publication.

Plain functions over a home folder; no Dagster, no clock. `pipelines` decides when they run.
"""
