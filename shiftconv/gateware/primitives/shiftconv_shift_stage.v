// o = i << the shift that select chooses, complemented: see shift_stage.py. Each bit of o that is
// more than a wire comes from a table, LUT6_2 of two bits or LUT6 of one.
module shiftconv_shift_stage #(
  parameter WIDTH = 1, OUT_WIDTH = 1, IS_SIGNED = 0,
  parameter [31:0] SHIFTS = 0,  // a byte each, one more than the shift; 255 makes zero
  parameter N_TABLES = 0, N_PAIRS = 0,  // the first ones are pairs
  // Of each table: INIT; the places of I0 to I5 in {sign, select, i, 0}; the bits of o that O6 (or
  // O) and O5 are.
  parameter [64*(N_TABLES+1)-1:0] INITS = 0,
  parameter [48*(N_TABLES+1)-1:0] PINS = 0,
  parameter [16*(N_TABLES+1)-1:0] BITS = 0,
  parameter [OUT_WIDTH-1:0] IN_TABLES = 0  // mask of o
) (
  input [WIDTH-1:0] i,
  input [1:0] select,
  input sign,
  output [OUT_WIDTH-1:0] o
);
  localparam WIDE = OUT_WIDTH + 1;
  wire [WIDE-1:0] shifted0, shifted1, shifted2, shifted3;
  wire [WIDE-1:0] wide;
  generate
    if (WIDE > WIDTH) assign wide = {{WIDE-WIDTH{IS_SIGNED ? i[WIDTH-1] : 1'b0}}, i};
    else assign wide = i[WIDE-1:0];
  endgenerate
  assign shifted0 = SHIFTS[7:0] == 255 ? {WIDE{1'b0}} : wide << SHIFTS[7:0];
  assign shifted1 = SHIFTS[15:8] == 255 ? {WIDE{1'b0}} : wide << SHIFTS[15:8];
  assign shifted2 = SHIFTS[23:16] == 255 ? {WIDE{1'b0}} : wide << SHIFTS[23:16];
  assign shifted3 = SHIFTS[31:24] == 255 ? {WIDE{1'b0}} : wide << SHIFTS[31:24];
  wire [WIDE-1:0] low = select[0] ? shifted1 : shifted0;
  wire [WIDE-1:0] high = select[0] ? shifted3 : shifted2;
  wire [WIDE-1:0] chosen = select[1] ? high : low;
  wire [OUT_WIDTH-1:0] described = chosen[WIDE-1:1] ^ {OUT_WIDTH{sign}};
`ifdef SHIFTCONV_PORTABLE
  assign o = described;
`else
  wire [WIDTH+3:0] pins = {sign, select, i, 1'b0};
  genvar n;
  generate
    for (n = 0; n < N_TABLES; n = n + 1) begin : tables
      wire i0 = pins[PINS[48*n +: 8]], i1 = pins[PINS[48*n+8 +: 8]];
      wire i2 = pins[PINS[48*n+16 +: 8]], i3 = pins[PINS[48*n+24 +: 8]];
      wire i4 = pins[PINS[48*n+32 +: 8]], i5 = pins[PINS[48*n+40 +: 8]];
      if (n < N_PAIRS)
        LUT6_2 #(.INIT(INITS[64*n +: 64])) lut (
          .I0(i0), .I1(i1), .I2(i2), .I3(i3), .I4(i4), .I5(1'b1),
          .O6(o[BITS[16*n +: 8]]), .O5(o[BITS[16*n+8 +: 8]])
        );
      else
        LUT6 #(.INIT(INITS[64*n +: 64])) lut (
          .I0(i0), .I1(i1), .I2(i2), .I3(i3), .I4(i4), .I5(i5), .O(o[BITS[16*n +: 8]])
        );
    end
    for (n = 0; n < OUT_WIDTH; n = n + 1) begin : others
      if (!IN_TABLES[n]) assign o[n] = described[n];
    end
  endgenerate
`endif
endmodule
