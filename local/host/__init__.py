"""The local Functions host: serves the triggers of any Python v2 function app as Azure Functions would."""
