"""What people see of a run: a panel while it trains, a report afterwards."""
