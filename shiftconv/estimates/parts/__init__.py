"""What components are made of, counted from their parameters: one file per group of components.

Each function mirrors a component of :mod:`shiftconv.gateware` and returns its features: numbers
that have a meaning in hardware, as ``ff`` (flip-flops that the description asks for), ``carry``
(bits of adders), ``counter`` (bits of counters). What LUTs and flip-flops of a family come to for
each is fitted to synthesized samples.
"""
