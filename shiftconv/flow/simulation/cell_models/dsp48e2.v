// UltraScale's multiplier block, which Yosys has as an empty box, after AMD's UG579: what
// shiftconv.gateware.dsp_slice uses of it. P = W + X + Y + Z, where X + Y are the product of B and
// A + D, Z is zero, PCIN, P or C, and W is zero, P or C. Not modelled, and refused: resets, ACIN and
// BCIN, other arithmetic of the adder, patterns, and registers of controls, of C and of the carry.
module DSP48E2 (
  input CLK,
  input [29:0] A, ACIN, input [17:0] B, BCIN, input [47:0] C, PCIN, input [26:0] D,
  input [8:0] OPMODE, input [4:0] INMODE, input [3:0] ALUMODE, input [2:0] CARRYINSEL,
  input CARRYIN, CARRYCASCIN, MULTSIGNIN,
  input CEA1, CEA2, CEAD, CEALUMODE, CEB1, CEB2, CEC, CECARRYIN, CECTRL, CED, CEINMODE, CEM, CEP,
  input RSTA, RSTALLCARRYIN, RSTALUMODE, RSTB, RSTC, RSTCTRL, RSTD, RSTINMODE, RSTM, RSTP,
  output [47:0] P, PCOUT
);
  parameter integer AREG = 1, BREG = 1, CREG = 1, DREG = 1, ADREG = 1, MREG = 1, PREG = 1;
  parameter integer ACASCREG = 1, BCASCREG = 1, OPMODEREG = 1, INMODEREG = 1, ALUMODEREG = 1;
  parameter integer CARRYINREG = 1, CARRYINSELREG = 1;
  parameter A_INPUT = "DIRECT", B_INPUT = "DIRECT", USE_MULT = "MULTIPLY", USE_SIMD = "ONE48";
  parameter AMULTSEL = "A", BMULTSEL = "B", PREADDINSEL = "A";
  parameter [8:0] IS_OPMODE_INVERTED = 0;

`ifndef YOSYS  // it knows no $fatal
  initial begin
    if (CREG || OPMODEREG || INMODEREG || ALUMODEREG || CARRYINREG || CARRYINSELREG)
      $fatal(1, "%m has registers that its model has not");
    if (A_INPUT != "DIRECT" || B_INPUT != "DIRECT" || BMULTSEL != "B"
        || (AMULTSEL != "AD" && AMULTSEL != "A")
        || PREADDINSEL != "A" || USE_MULT != "MULTIPLY" || USE_SIMD != "ONE48")
      $fatal(1, "%m is used in a way that its model does not know");
  end
`endif

  // Operands. With two registers the second enable belongs to the one next to the multiplier; a single
  // register obeys the second too.
  reg signed [29:0] a1 = 0, a2 = 0;
  reg signed [17:0] b1 = 0, b2 = 0;
  reg signed [26:0] d1 = 0, ad1 = 0;
  wire signed [29:0] a = AREG == 0 ? A : a2;
  wire signed [17:0] b = BREG == 0 ? B : b2;
  wire signed [26:0] d = DREG == 0 ? D : d1;
  // INMODE[2] lets D in, INMODE[1] keeps A out, INMODE[3] subtracts.
  wire signed [26:0] sum = (INMODE[2] ? d : 27'd0)
    + (INMODE[1] ? 27'd0 : INMODE[3] ? -a[26:0] : a[26:0]);
  wire signed [26:0] ad = AMULTSEL == "A" ? a[26:0] : ADREG == 0 ? sum : ad1;
  wire signed [44:0] product = ad * b;
  reg signed [44:0] m1 = 0;
  wire signed [44:0] m = MREG == 0 ? product : m1;

  // The adder of four.
  reg [47:0] p1 = 0;
  wire [8:0] mode = OPMODE ^ IS_OPMODE_INVERTED;
  wire [47:0] xy = mode[3:0] == 4'b0101 ? {{3{m[44]}}, m} : 48'd0;
  wire [47:0] z = mode[6:4] == 1 ? PCIN : mode[6:4] == 2 ? p1 : mode[6:4] == 3 ? C : 48'd0;
  wire [47:0] w = mode[8:7] == 1 ? p1 : mode[8:7] == 3 ? C : 48'd0;
  wire [47:0] p = w + xy + z;
  assign P = PREG == 0 ? p : p1;
  assign PCOUT = P;

  always @(posedge CLK) begin
    if (CEA1) a1 <= A;
    if (CEA2) a2 <= AREG == 2 ? a1 : A;
    if (CEB1) b1 <= B;
    if (CEB2) b2 <= BREG == 2 ? b1 : B;
    if (CED) d1 <= D;
    if (CEAD) ad1 <= sum;
    if (CEM) m1 <= product;
    if (CEP) p1 <= p;
  end
endmodule
