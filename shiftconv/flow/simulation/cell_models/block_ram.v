// A block memory with two ports on one clock: what the vendors' primitives have in common.
//
// The memory is counted in units of nine bits, eight of data and one of parity. An address counts
// data bits. A port of width 1, 2 or 4 takes a part of a unit's data bits, one of width 9, 18, 36
// or 72 whole units, the lowest unit in the lowest bits; width 0 is no port. Parameters:
//
//   BITS           2**BITS data bits
//   INIT           first contents: unit n at bit n / 2 * PITCH + n % 2 * UNIT, UNIT bits
//   PARITY         the ninth bit of every unit where UNIT is 8
//   READ, WRITE    widths of the ports
//   MODE           what a port reads where it writes: 0 nothing, it keeps its output; 1 the new
//                  value; 2 the old one
//   OLD            whether a port reads the old value where the other one writes; if not, vendors
//                  leave open what comes, and so that no design relies on it, the complement comes
//   START, RESET   output at first and after a reset
//   UNGATED        whether a reset works without the enable
//
// Bit n of a write enable is for unit n; a port of one unit or a part of one has bit 0.
module shiftconv_block_ram #(
  parameter BITS = 14, UNIT = 9, PITCH = 18, OLD = 0, UNGATED = 0,
  parameter [PITCH * 2**(BITS - 4) - 1:0] INIT = 0,
  parameter [2**(BITS - 3) - 1:0] PARITY = 0,
  parameter READ_A = 0, WRITE_A = 0, MODE_A = 0, READ_B = 0, WRITE_B = 0, MODE_B = 0,
  parameter [71:0] START_A = 0, RESET_A = 0, START_B = 0, RESET_B = 0
) (
  input clk,
  input en_a, rst_a, input [BITS-1:0] addr_a, input [7:0] we_a, input [71:0] di_a,
  output reg [71:0] do_a,
  input en_b, rst_b, input [BITS-1:0] addr_b, input [7:0] we_b, input [71:0] di_b,
  output reg [71:0] do_b
);
  reg [8:0] units [0:2**(BITS - 3) - 1];
  integer n;

  initial begin
    for (n = 0; n < 2**(BITS - 3); n = n + 1) begin
      units[n] = {PARITY[n], INIT[n / 2 * PITCH + n % 2 * UNIT +: 8]};
      if (UNIT == 9) units[n][8] = INIT[n / 2 * PITCH + n % 2 * UNIT + 8];
    end
    do_a = START_A;
    do_b = START_B;
  end

  // Address bits below a port's data bits.
  function integer low(input integer width);
    low = width < 2 ? 0 : width < 4 ? 1 : width < 8 ? 2 : width < 16 ? 3 : width < 32 ? 4
        : width < 64 ? 5 : 6;
  endfunction

  function [71:0] read(input integer width, input [BITS-1:0] addr);
    integer k;
    reg [BITS-4:0] first;
    begin
      first = addr[BITS-1:3] >> (low(width) - 3) << (low(width) - 3);
      read = 0;
      if (width < 8)
        read = (units[addr[BITS-1:3]] >> (addr[2:0] >> low(width) << low(width)))
             & (9'd255 >> (8 - width));
      else
        for (k = 0; k < 8; k = k + 1) if (9 * k < width) read[9*k +: 9] = units[first + k];
    end
  endfunction

  task write(input integer width, input [BITS-1:0] addr, input [7:0] we, input [71:0] value);
    integer k;
    reg [BITS-4:0] first;
    begin
      first = addr[BITS-1:3] >> (low(width) - 3) << (low(width) - 3);
      if (width < 8) begin
        for (k = 0; k < 8; k = k + 1)
          if (we[0] && k < width)
            units[addr[BITS-1:3]][(addr[2:0] >> low(width) << low(width)) + k] = value[k];
      end else
        for (k = 0; k < 8; k = k + 1)
          if (9 * k < width && we[k]) units[first + k] = value[9*k +: 9];
    end
  endtask

  localparam READ_A_WRITE_B = low(READ_A > WRITE_B ? READ_A : WRITE_B);
  localparam READ_B_WRITE_A = low(READ_B > WRITE_A ? READ_B : WRITE_A);
  wire writes_a = WRITE_A != 0 && en_a && we_a != 0, writes_b = WRITE_B != 0 && en_b && we_b != 0;
  wire meets_a = !OLD && writes_b && addr_a >> READ_A_WRITE_B == addr_b >> READ_A_WRITE_B;
  wire meets_b = !OLD && writes_a && addr_b >> READ_B_WRITE_A == addr_a >> READ_B_WRITE_A;
  reg [71:0] old_a, old_b;

  always @(posedge clk) begin
    if (READ_A != 0) old_a = read(READ_A, addr_a);
    if (READ_B != 0) old_b = read(READ_B, addr_b);
    if (writes_a) write(WRITE_A, addr_a, we_a, di_a);
    if (writes_b) write(WRITE_B, addr_b, we_b, di_b);
    if (READ_A != 0) begin
      if (rst_a && (en_a || UNGATED)) do_a <= RESET_A;
      else if (en_a && meets_a) do_a <= ~old_a;
      else if (en_a && !(writes_a && MODE_A == 0))
        do_a <= writes_a && MODE_A == 1 ? read(READ_A, addr_a) : old_a;
    end
    if (READ_B != 0) begin
      if (rst_b && (en_b || UNGATED)) do_b <= RESET_B;
      else if (en_b && meets_b) do_b <= ~old_b;
      else if (en_b && !(writes_b && MODE_B == 0))
        do_b <= writes_b && MODE_B == 1 ? read(READ_B, addr_b) : old_b;
    end
  end
endmodule
