// Gowin's block memories, which Yosys has as empty boxes, after UG285: INIT_RAM_00 holds the lowest
// 256 bits, or in the memories with parity (X9) the lowest 288. Byte enables are the lowest address
// bits of a port of 16 bits and more. Not modelled: output registers, block selects, two clocks.

// Sixteen parameters of one name and their last hexadecimal digit, declared or put side by side.
`define DECLARE16(W, N) \
  parameter [W-1:0] N``0 = 0, N``1 = 0, N``2 = 0, N``3 = 0, N``4 = 0, N``5 = 0, N``6 = 0, \
    N``7 = 0, N``8 = 0, N``9 = 0, N``A = 0, N``B = 0, N``C = 0, N``D = 0, N``E = 0, N``F = 0;
`define JOIN16(N) N``F, N``E, N``D, N``C, N``B, N``A, N``9, N``8, N``7, N``6, N``5, N``4, N``3, \
  N``2, N``1, N``0

// Contents of 64 parameters, and their place in the model: units of eight bits, or of nine.
`define CONTENTS(W) \
  `DECLARE16(W, INIT_RAM_0) \
  `DECLARE16(W, INIT_RAM_1) \
  `DECLARE16(W, INIT_RAM_2) \
  `DECLARE16(W, INIT_RAM_3)
`define UNITS(N) .BITS(14), .UNIT(N), .PITCH(2 * N), .UNGATED(1), .INIT({`JOIN16(INIT_RAM_3), \
    `JOIN16(INIT_RAM_2), `JOIN16(INIT_RAM_1), `JOIN16(INIT_RAM_0)})

// A port with enables of bytes in its lowest address bits.
`define ENABLES(WIDTH, WRITE, ADDRESS) \
  WIDTH < 16 ? WRITE : {8{WRITE}} & (WIDTH < 32 ? ADDRESS[1:0] : ADDRESS[3:0])

// A port without parity: its width in the model, data into it and out of it.
`define STORED(WIDTH) (WIDTH < 8 ? WIDTH : WIDTH / 8 * 9)
`define PARITY_FUNCTIONS \
  function [71:0] with_parity(input integer width, input [31:0] data); \
    with_parity = width < 8 ? data \
      : {1'b0, data[31:24], 1'b0, data[23:16], 1'b0, data[15:8], 1'b0, data[7:0]}; \
  endfunction \
  function [31:0] without_parity(input integer width, input [71:0] value); \
    without_parity = width < 8 ? value \
      : {value[34:27], value[25:18], value[16:9], value[7:0]}; \
  endfunction

module SP (
  output [31:0] DO, input [31:0] DI, input [2:0] BLKSEL, input [13:0] AD,
  input WRE, CLK, CE, OCE, RESET
);
  `CONTENTS(256)
  parameter READ_MODE = 0, WRITE_MODE = 0, BIT_WIDTH = 32, BLK_SEL = 0, RESET_MODE = "SYNC";
  initial if (READ_MODE != 0) $fatal(1, "%m has an output register; its model has none");
  `PARITY_FUNCTIONS

  wire [71:0] out;
  shiftconv_block_ram #(
    `UNITS(8),
    .READ_A(`STORED(BIT_WIDTH)), .WRITE_A(`STORED(BIT_WIDTH)), .MODE_A(WRITE_MODE)
  ) ram (
    .clk(CLK), .en_a(CE), .rst_a(RESET), .addr_a(AD),
    .we_a(`ENABLES(BIT_WIDTH, WRE, AD)), .di_a(with_parity(BIT_WIDTH, DI)), .do_a(out),
    .en_b(1'b0), .rst_b(1'b0), .addr_b(14'd0), .we_b(8'd0), .di_b(72'd0), .do_b()
  );
  assign DO = without_parity(BIT_WIDTH, out);
endmodule

module SPX9 (
  output [35:0] DO, input [35:0] DI, input [2:0] BLKSEL, input [13:0] AD,
  input WRE, CLK, CE, OCE, RESET
);
  `CONTENTS(288)
  parameter READ_MODE = 0, WRITE_MODE = 0, BIT_WIDTH = 36, BLK_SEL = 0, RESET_MODE = "SYNC";
  initial if (READ_MODE != 0) $fatal(1, "%m has an output register; its model has none");

  wire [71:0] out;
  shiftconv_block_ram #(
    `UNITS(9),
    .READ_A(BIT_WIDTH), .WRITE_A(BIT_WIDTH), .MODE_A(WRITE_MODE)
  ) ram (
    .clk(CLK), .en_a(CE), .rst_a(RESET), .addr_a(AD),
    .we_a(`ENABLES(BIT_WIDTH, WRE, AD)), .di_a(DI), .do_a(out),
    .en_b(1'b0), .rst_b(1'b0), .addr_b(14'd0), .we_b(8'd0), .di_b(72'd0), .do_b()
  );
  assign DO = out;
endmodule

module SDPB (
  output [31:0] DO, input [31:0] DI, input [2:0] BLKSELA, BLKSELB,
  input [13:0] ADA, ADB, input CLKA, CLKB, CEA, CEB, OCE, RESETA, RESETB
);
  `CONTENTS(256)
  parameter READ_MODE = 0, BIT_WIDTH_0 = 32, BIT_WIDTH_1 = 32, BLK_SEL_0 = 0, BLK_SEL_1 = 0;
  parameter RESET_MODE = "SYNC";
  initial if (READ_MODE != 0) $fatal(1, "%m has an output register; its model has none");
  `PARITY_FUNCTIONS

  wire [71:0] out;
  shiftconv_block_ram #(
    `UNITS(8),
    .WRITE_A(`STORED(BIT_WIDTH_0)), .READ_B(`STORED(BIT_WIDTH_1))
  ) ram (
    .clk(CLKB), .en_a(CEA), .rst_a(1'b0), .addr_a(ADA),
    .we_a(`ENABLES(BIT_WIDTH_0, 1'b1, ADA)), .di_a(with_parity(BIT_WIDTH_0, DI)), .do_a(),
    .en_b(CEB), .rst_b(RESETB), .addr_b(ADB), .we_b(8'd0), .di_b(72'd0), .do_b(out)
  );
  assign DO = without_parity(BIT_WIDTH_1, out);
endmodule

module SDPX9B (
  output [35:0] DO, input [35:0] DI, input [2:0] BLKSELA, BLKSELB,
  input [13:0] ADA, ADB, input CLKA, CLKB, CEA, CEB, OCE, RESETA, RESETB
);
  `CONTENTS(288)
  parameter READ_MODE = 0, BIT_WIDTH_0 = 36, BIT_WIDTH_1 = 36, BLK_SEL_0 = 0, BLK_SEL_1 = 0;
  parameter RESET_MODE = "SYNC";
  initial if (READ_MODE != 0) $fatal(1, "%m has an output register; its model has none");

  wire [71:0] out;
  shiftconv_block_ram #(
    `UNITS(9),
    .WRITE_A(BIT_WIDTH_0), .READ_B(BIT_WIDTH_1)
  ) ram (
    .clk(CLKB), .en_a(CEA), .rst_a(1'b0), .addr_a(ADA),
    .we_a(`ENABLES(BIT_WIDTH_0, 1'b1, ADA)), .di_a(DI), .do_a(),
    .en_b(CEB), .rst_b(RESETB), .addr_b(ADB), .we_b(8'd0), .di_b(72'd0), .do_b(out)
  );
  assign DO = out;
endmodule

module DPB (
  output [15:0] DOA, DOB, input [15:0] DIA, DIB, input [2:0] BLKSELA, BLKSELB,
  input [13:0] ADA, ADB, input WREA, WREB, CLKA, CLKB, CEA, CEB, OCEA, OCEB, RESETA, RESETB
);
  `CONTENTS(256)
  parameter READ_MODE0 = 0, READ_MODE1 = 0, WRITE_MODE0 = 0, WRITE_MODE1 = 0;
  parameter BIT_WIDTH_0 = 16, BIT_WIDTH_1 = 16, BLK_SEL_0 = 0, BLK_SEL_1 = 0, RESET_MODE = "SYNC";
  initial if (READ_MODE0 != 0 || READ_MODE1 != 0) $fatal(1,
    "%m has output registers; its model has none");
  `PARITY_FUNCTIONS

  wire [71:0] out_a, out_b;
  shiftconv_block_ram #(
    `UNITS(8),
    .READ_A(`STORED(BIT_WIDTH_0)), .WRITE_A(`STORED(BIT_WIDTH_0)), .MODE_A(WRITE_MODE0),
    .READ_B(`STORED(BIT_WIDTH_1)), .WRITE_B(`STORED(BIT_WIDTH_1)), .MODE_B(WRITE_MODE1)
  ) ram (
    .clk(CLKA), .en_a(CEA), .rst_a(RESETA), .addr_a(ADA),
    .we_a(`ENABLES(BIT_WIDTH_0, WREA, ADA)), .di_a(with_parity(BIT_WIDTH_0, DIA)),
    .do_a(out_a),
    .en_b(CEB), .rst_b(RESETB), .addr_b(ADB),
    .we_b(`ENABLES(BIT_WIDTH_1, WREB, ADB)), .di_b(with_parity(BIT_WIDTH_1, DIB)),
    .do_b(out_b)
  );
  assign DOA = without_parity(BIT_WIDTH_0, out_a);
  assign DOB = without_parity(BIT_WIDTH_1, out_b);
endmodule

module DPX9B (
  output [17:0] DOA, DOB, input [17:0] DIA, DIB, input [2:0] BLKSELA, BLKSELB,
  input [13:0] ADA, ADB, input WREA, WREB, CLKA, CLKB, CEA, CEB, OCEA, OCEB, RESETA, RESETB
);
  `CONTENTS(288)
  parameter READ_MODE0 = 0, READ_MODE1 = 0, WRITE_MODE0 = 0, WRITE_MODE1 = 0;
  parameter BIT_WIDTH_0 = 18, BIT_WIDTH_1 = 18, BLK_SEL_0 = 0, BLK_SEL_1 = 0, RESET_MODE = "SYNC";
  initial if (READ_MODE0 != 0 || READ_MODE1 != 0) $fatal(1,
    "%m has output registers; its model has none");

  wire [71:0] out_a, out_b;
  shiftconv_block_ram #(
    `UNITS(9),
    .READ_A(BIT_WIDTH_0), .WRITE_A(BIT_WIDTH_0), .MODE_A(WRITE_MODE0),
    .READ_B(BIT_WIDTH_1), .WRITE_B(BIT_WIDTH_1), .MODE_B(WRITE_MODE1)
  ) ram (
    .clk(CLKA), .en_a(CEA), .rst_a(RESETA), .addr_a(ADA),
    .we_a(`ENABLES(BIT_WIDTH_0, WREA, ADA)), .di_a(DIA), .do_a(out_a),
    .en_b(CEB), .rst_b(RESETB), .addr_b(ADB),
    .we_b(`ENABLES(BIT_WIDTH_1, WREB, ADB)), .di_b(DIB), .do_b(out_b)
  );
  assign DOA = out_a;
  assign DOB = out_b;
endmodule

// Multiplier and adder, which Yosys has as an empty box, after Gowin's UG287: mode 0, the product
// and C added up, or to the last sum where ACCLOAD is high. Not modelled: the other modes, registers
// of C, D and the signs, unsigned factors.
module MULTALU18X18 (
  input [17:0] A, B, input [53:0] C, D, input [54:0] CASI,
  input ASIGN, BSIGN, DSIGN, ACCLOAD, CE, CLK, RESET,
  output [53:0] DOUT, output [54:0] CASO
);
  parameter AREG = 1'b0, BREG = 1'b0, CREG = 1'b0, DREG = 1'b0, PIPE_REG = 1'b0, OUT_REG = 1'b0;
  parameter ASIGN_REG = 1'b0, BSIGN_REG = 1'b0, DSIGN_REG = 1'b0;
  parameter ACCLOAD_REG0 = 1'b0, ACCLOAD_REG1 = 1'b0, B_ADD_SUB = 1'b0, C_ADD_SUB = 1'b0;
  parameter MULTALU18X18_MODE = 0, MULT_RESET_MODE = "SYNC";

  reg signed [17:0] ra = 0, rb = 0;
  reg signed [35:0] rp = 0;
  reg [54:0] ro = 0;
  wire signed [17:0] a = AREG ? ra : A, b = BREG ? rb : B;
  wire signed [35:0] product = a * b;
  wire signed [35:0] p = PIPE_REG ? rp : product;
  wire [54:0] sum = {{19{p[35]}}, p} + {C[53], C} + (ACCLOAD ? ro : 55'd0);
  always @(posedge CLK)
    if (RESET) begin
      ra <= 0;
      rb <= 0;
      rp <= 0;
      ro <= 0;
    end else if (CE) begin
      ra <= A;
      rb <= B;
      rp <= product;
      ro <= sum;
    end
  assign CASO = OUT_REG ? ro : sum;
  assign DOUT = CASO[53:0];
endmodule
