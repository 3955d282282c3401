"""Area by Yosys: recipes, figures that are kept, what is best where."""
