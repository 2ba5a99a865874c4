"""The basket: one module a source, each counting what a program causes; none of them raises across rooms."""
