"""SendGrid: sends mails, and tells what became of them."""
