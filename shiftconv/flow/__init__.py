"""Effects: Verilog out, simulation, synthesis, and the tools behind them."""
