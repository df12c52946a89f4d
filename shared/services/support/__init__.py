"""What a person does about orders and money by command."""
