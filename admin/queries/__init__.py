"""What pages read: questions to the tables, always of one organization."""
