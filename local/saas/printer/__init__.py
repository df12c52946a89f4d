"""Ticket printers that ask the app for their tickets, as Star's and Epson's do: they call the app, and it never calls
them. What they print is kept as text."""
