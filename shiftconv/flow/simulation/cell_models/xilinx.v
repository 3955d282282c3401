// Block memories of AMD's series 7 (E1) and UltraScale (E2), which Yosys has as empty boxes.
// Contents, parity and addresses after UG473 and UG573: INIT_00 holds the lowest 256 data bits,
// INITP_00 their parity bits' lowest 256; an address counts data bits. Where a port has the whole
// width (36 of RAMB18, 72 of RAMB36), port A reads, port B writes, and the upper half lies on the
// other port's pins. Not modelled: output registers, cascades, error correction, two clocks.

// Sixteen parameters of one name and their last hexadecimal digit, declared or put side by side.
`define DECLARE16(W, N) \
  parameter [W-1:0] N``0 = 0, N``1 = 0, N``2 = 0, N``3 = 0, N``4 = 0, N``5 = 0, N``6 = 0, \
    N``7 = 0, N``8 = 0, N``9 = 0, N``A = 0, N``B = 0, N``C = 0, N``D = 0, N``E = 0, N``F = 0;
`define JOIN16(N) N``F, N``E, N``D, N``C, N``B, N``A, N``9, N``8, N``7, N``6, N``5, N``4, N``3, \
  N``2, N``1, N``0

// What the four memories have in common: parameters, and the insides with the pins of a generation,
// DI and DO or DIN and DOUT, which stand on both sides of a port's letter.
`define RAMB_PARAMETERS \
  parameter READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0; \
  parameter [71:0] INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0; \
  parameter WRITE_MODE_A = "WRITE_FIRST", WRITE_MODE_B = "WRITE_FIRST"; \
  parameter IS_CLKARDCLK_INVERTED = 0, IS_CLKBWRCLK_INVERTED = 0, IS_ENARDEN_INVERTED = 0; \
  parameter IS_ENBWREN_INVERTED = 0, IS_RSTRAMARSTRAM_INVERTED = 0, IS_RSTRAMB_INVERTED = 0; \
  parameter RAM_MODE = "TDP", DOA_REG = 0, DOB_REG = 0; \
  initial if (DOA_REG != 0 || DOB_REG != 0) $fatal(1, \
    "%m has output registers; its model has none");
`define RAMB(SIZE, CONTENTS, PARITY, DI, DO) \
  shiftconv_ramb #( \
    .BITS(SIZE), .INIT(CONTENTS), .INITP(PARITY), .READ_A(READ_WIDTH_A), .READ_B(READ_WIDTH_B), \
    .WRITE_A(WRITE_WIDTH_A), .WRITE_B(WRITE_WIDTH_B), .INIT_A(INIT_A), .INIT_B(INIT_B), \
    .SRVAL_A(SRVAL_A), .SRVAL_B(SRVAL_B), .MODE_A(WRITE_MODE_A), .MODE_B(WRITE_MODE_B) \
  ) ram ( \
    .clk_a(CLKARDCLK ^ IS_CLKARDCLK_INVERTED[0]), .clk_b(CLKBWRCLK ^ IS_CLKBWRCLK_INVERTED[0]), \
    .en_a(ENARDEN ^ IS_ENARDEN_INVERTED[0]), .en_b(ENBWREN ^ IS_ENBWREN_INVERTED[0]), \
    .rst_a(RSTRAMARSTRAM ^ IS_RSTRAMARSTRAM_INVERTED[0]), \
    .rst_b(RSTRAMB ^ IS_RSTRAMB_INVERTED[0]), \
    .addr_a(ADDRARDADDR[SIZE-1:0]), .addr_b(ADDRBWRADDR[SIZE-1:0]), .we_a(WEA), .we_b(WEBWE), \
    .di_a(DI``A``DI), .dip_a(DI``P``A``DI``P), .di_b(DI``B``DI), .dip_b(DI``P``B``DI``P), \
    .do_a(DO``A``DO), .dop_a(DO``P``A``DO``P), .do_b(DO``B``DO), .dop_b(DO``P``B``DO``P) \
  );
`define CONTENTS18 \
  {`JOIN16(INIT_3), `JOIN16(INIT_2), `JOIN16(INIT_1), `JOIN16(INIT_0)}
`define PARITY18 \
  {INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00}
`define CONTENTS36 \
  {`JOIN16(INIT_7), `JOIN16(INIT_6), `JOIN16(INIT_5), `JOIN16(INIT_4), `CONTENTS18}
`define DECLARE64 \
  `DECLARE16(256, INIT_0) \
  `DECLARE16(256, INIT_1) \
  `DECLARE16(256, INIT_2) \
  `DECLARE16(256, INIT_3)
`define DECLARE18 \
  `DECLARE64 \
  parameter [255:0] INITP_00 = 0, INITP_01 = 0, INITP_02 = 0, INITP_03 = 0, INITP_04 = 0, \
    INITP_05 = 0, INITP_06 = 0, INITP_07 = 0;
`define DECLARE36 \
  `DECLARE64 \
  `DECLARE16(256, INIT_4) \
  `DECLARE16(256, INIT_5) \
  `DECLARE16(256, INIT_6) \
  `DECLARE16(256, INIT_7) \
  `DECLARE16(256, INITP_0)

// A port's pins as units of nine bits, and back.
module shiftconv_ramb #(
  parameter BITS = 14, READ_A = 0, WRITE_A = 0, READ_B = 0, WRITE_B = 0,
  parameter [2**BITS-1:0] INIT = 0,
  parameter [2**(BITS-3)-1:0] INITP = 0,
  parameter [71:0] INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0,
  parameter MODE_A = "WRITE_FIRST", MODE_B = "WRITE_FIRST"
) (
  input clk_a, clk_b, en_a, en_b, rst_a, rst_b,
  input [BITS-1:0] addr_a, addr_b,
  input [7:0] we_a, we_b,
  input [31:0] di_a, di_b, input [3:0] dip_a, dip_b,
  output [31:0] do_a, do_b, output [3:0] dop_a, dop_b
);
  // Half of the widest word: units that one port's pins carry.
  localparam PINS = BITS == 14 ? 2 : 4;
  localparam WIDE = 18 * PINS;

  function [71:0] units(input [63:0] data, input [7:0] parity);
    integer n;
    for (n = 0; n < 8; n = n + 1) units[9*n +: 9] = {parity[n], data[8*n +: 8]};
  endfunction

  function [63:0] data_of(input [71:0] value);
    integer n;
    for (n = 0; n < 8; n = n + 1) data_of[8*n +: 8] = value[9*n +: 8];
  endfunction

  function [7:0] parity_of(input [71:0] value);
    integer n;
    for (n = 0; n < 8; n = n + 1) parity_of[n] = value[9*n + 8];
  endfunction

  // A parameter for the output: data bits lowest, parity above them.
  function [71:0] output_value(input integer width, input [71:0] low, input [71:0] high);
    if (width == WIDE)
      output_value = units((high[8*PINS-1:0] << 8*PINS) | low[8*PINS-1:0],
                           (high[8*PINS +: PINS] << PINS) | low[8*PINS +: PINS]);
    else if (width < 9) output_value = low;
    else output_value = units(low & (72'd1 << width / 9 * 8) - 1, low >> width / 9 * 8);
  endfunction

  function integer mode(input [8*12-1:0] name);
    mode = name == "WRITE_FIRST" ? 1 : name == "READ_FIRST" ? 2 : 0;
  endfunction

  wire [71:0] out_a, out_b;
  wire [63:0] in_b = WRITE_B == WIDE ? di_b[8*PINS-1:0] << 8*PINS | di_a[8*PINS-1:0] : di_b;
  wire [7:0] inp_b = WRITE_B == WIDE ? dip_b[PINS-1:0] << PINS | dip_a[PINS-1:0] : dip_b;
  shiftconv_block_ram #(
    .BITS(BITS), .UNIT(8), .PITCH(16), .INIT(INIT), .PARITY(INITP),
    .READ_A(READ_A), .WRITE_A(WRITE_A), .MODE_A(mode(MODE_A)),
    .READ_B(READ_B), .WRITE_B(WRITE_B), .MODE_B(mode(MODE_B)),
    .OLD(mode(WRITE_A ? MODE_A : MODE_B) == 2 && mode(WRITE_B ? MODE_B : MODE_A) == 2),
    .START_A(output_value(READ_A, INIT_A, INIT_B)), .START_B(output_value(READ_B, INIT_B, 0)),
    .RESET_A(output_value(READ_A, SRVAL_A, SRVAL_B)), .RESET_B(output_value(READ_B, SRVAL_B, 0))
  ) ram (
    .clk(READ_A || WRITE_A ? clk_a : clk_b),
    .en_a(en_a), .rst_a(rst_a), .addr_a(addr_a), .we_a(we_a), .di_a(units(di_a, dip_a)),
    .do_a(out_a),
    .en_b(en_b), .rst_b(rst_b), .addr_b(addr_b), .we_b(we_b), .di_b(units(in_b, inp_b)),
    .do_b(out_b)
  );
  assign do_a = data_of(out_a);
  assign dop_a = parity_of(out_a);
  assign do_b = READ_A == WIDE ? data_of(out_a) >> 8*PINS : data_of(out_b);
  assign dop_b = READ_A == WIDE ? parity_of(out_a) >> PINS : parity_of(out_b);
endmodule

module RAMB18E1 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input [13:0] ADDRARDADDR, ADDRBWRADDR,
  input [15:0] DIADI, DIBDI, input [1:0] DIPADIP, DIPBDIP,
  input [1:0] WEA, input [3:0] WEBWE,
  output [15:0] DOADO, DOBDO, output [1:0] DOPADOP, DOPBDOP
);
  `DECLARE18
  `RAMB_PARAMETERS
  `RAMB(14, `CONTENTS18, `PARITY18, DI, DO)
endmodule

module RAMB18E2 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB, ADDRENA, ADDRENB, SLEEP,
  input [13:0] ADDRARDADDR, ADDRBWRADDR,
  input [15:0] DINADIN, DINBDIN, input [1:0] DINPADINP, DINPBDINP,
  input [1:0] WEA, input [3:0] WEBWE,
  output [15:0] DOUTADOUT, DOUTBDOUT, output [1:0] DOUTPADOUTP, DOUTPBDOUTP
);
  `DECLARE18
  `RAMB_PARAMETERS
  `RAMB(14, `CONTENTS18, `PARITY18, DIN, DOUT)
endmodule

module RAMB36E1 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input [15:0] ADDRARDADDR, ADDRBWRADDR,
  input [31:0] DIADI, DIBDI, input [3:0] DIPADIP, DIPBDIP,
  input [3:0] WEA, input [7:0] WEBWE,
  output [31:0] DOADO, DOBDO, output [3:0] DOPADOP, DOPBDOP
);
  `DECLARE36
  `RAMB_PARAMETERS
  parameter RAM_EXTENSION_A = "NONE", RAM_EXTENSION_B = "NONE";
  initial if (RAM_EXTENSION_A != "NONE" || RAM_EXTENSION_B != "NONE") $fatal(1,
    "%m is cascaded; its model is not");
  `RAMB(15, `CONTENTS36, {`JOIN16(INITP_0)}, DI, DO)
endmodule

module RAMB36E2 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB, ADDRENA, ADDRENB, SLEEP,
  input [14:0] ADDRARDADDR, ADDRBWRADDR,
  input [31:0] DINADIN, DINBDIN, input [3:0] DINPADINP, DINPBDINP,
  input [3:0] WEA, input [7:0] WEBWE,
  output [31:0] DOUTADOUT, DOUTBDOUT, output [3:0] DOUTPADOUTP, DOUTPBDOUTP
);
  `DECLARE36
  `RAMB_PARAMETERS
  `RAMB(15, `CONTENTS36, {`JOIN16(INITP_0)}, DIN, DOUT)
endmodule
