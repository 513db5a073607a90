"""Pure: values in, values out. No file, socket, clock or environment in here."""
