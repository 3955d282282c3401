"""Run a design's Verilog or netlist, on all cores, against the golden model."""
