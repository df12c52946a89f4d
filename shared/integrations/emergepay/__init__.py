"""The payment gateway: EmergePay."""
