"""What is made for people who look at the project: the demo, pictures, the analysts' page, the life of a ticket."""
