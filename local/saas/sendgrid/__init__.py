"""A stand-in for SendGrid: it takes mails, keeps them on the disk, and tells of them by signed events."""
