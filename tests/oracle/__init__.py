"""An independent reading of the record format, against which the product's own is tested."""
