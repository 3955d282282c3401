// total = x + y + (control ? 0 : z) + ones[0] + ones[1], the operands signed, those in COMPLEMENTS
// (x lowest) as their ones' complements; control ? ~z : z if it FLIPS: see ternary_adder.py.
module shiftconv_ternary_adder #(
  parameter X_WIDTH = 1, Y_WIDTH = 1, Z_WIDTH = 1, WIDTH = 1,
  parameter [2:0] COMPLEMENTS = 0,
  parameter FLIPS = 0,
  parameter SECOND_ONE = 0,  // ones[1] is 0 without it
  parameter CARRY8_CELLS = 1
) (
  input [X_WIDTH-1:0] x,
  input [Y_WIDTH-1:0] y,
  input [Z_WIDTH-1:0] z,
  input control,
  input [1:0] ones,
  output [WIDTH-1:0] total
);
`ifdef SHIFTCONV_PORTABLE
  wire signed [X_WIDTH-1:0] a = x ^ {X_WIDTH{COMPLEMENTS[0]}};
  wire signed [Y_WIDTH-1:0] b = y ^ {Y_WIDTH{COMPLEMENTS[1]}};
  wire [Z_WIDTH-1:0] changed = FLIPS ? ~z : {Z_WIDTH{1'b0}};
  wire signed [Z_WIDTH-1:0] c = (control ? changed : z) ^ {Z_WIDTH{COMPLEMENTS[2]}};
  wire signed [2:0] count = ones[0] + ones[1];
  assign total = a + b + c + count;
`else
  localparam WIDER = X_WIDTH > Y_WIDTH ? X_WIDTH : Y_WIDTH;
  localparam WIDEST = WIDER > Z_WIDTH ? WIDER : Z_WIDTH;
  // Positions of the chain: a second one, then the bits but for two above the operands.
  localparam N_BITS = WIDTH == WIDEST + 2 ? WIDEST : WIDTH;
  localparam N = N_BITS + SECOND_ONE;
  localparam PADDED = (N + 7) / 8 * 8;

  // Operand bits, and what becomes of the third one: I0, I1, I2 and I4 of every table.
  function [1:0] count_of(input [4:0] pins);
    count_of = (pins[0] ^ COMPLEMENTS[0]) + (pins[1] ^ COMPLEMENTS[1])
             + ((FLIPS ? pins[2] ^ pins[4] : pins[2] & ~pins[4]) ^ COMPLEMENTS[2]);
  endfunction

  function [31:0] majorities(input unused);
    integer pins;
    for (pins = 0; pins < 32; pins = pins + 1) majorities[pins] = count_of(pins) >= 2;
  endfunction

  // I3 is the majority of the bits below.
  function [31:0] parities(input unused);
    integer pins;
    for (pins = 0; pins < 32; pins = pins + 1) parities[pins] = count_of(pins) ^ pins[3];
  endfunction

  // I3 is the carry: signs count as -1, their majority and the carry as 1.
  function [31:0] tops(input integer bit);
    integer pins, sum;
    for (pins = 0; pins < 32; pins = pins + 1) begin
      sum = pins[3] + (count_of(pins) >= 2) - count_of(pins);
      tops[pins] = sum[bit];
    end
  endfunction

  wire [N_BITS:0] majority;
  wire [PADDED-1:0] s, di, o, co;
  assign majority[0] = ones[0];

  genvar n;
  generate
    if (SECOND_ONE) begin : second
      // Through O5: the bypass pin of the next position, where a carry would come in, is taken.
      LUT6_2 #(.INIT(64'h0000_0000_aaaa_aaaa)) lut (
        .I0(ones[1]), .I1(1'b0), .I2(1'b0), .I3(1'b0), .I4(1'b0), .I5(1'b1), .O6(s[0]), .O5(di[0])
      );
    end
    for (n = 0; n < N_BITS; n = n + 1) begin : bits
      assign di[n + SECOND_ONE] = majority[n];
      LUT6_2 #(.INIT({parities(0), majorities(0)})) lut (
        .I0(x[n < X_WIDTH ? n : X_WIDTH-1]), .I1(y[n < Y_WIDTH ? n : Y_WIDTH-1]),
        .I2(z[n < Z_WIDTH ? n : Z_WIDTH-1]), .I3(majority[n]), .I4(control), .I5(1'b1),
        .O6(s[n + SECOND_ONE]), .O5(majority[n + 1])
      );
    end
    for (n = N; n < PADDED; n = n + 1) begin : idle
      assign s[n] = 1'b0;
      assign di[n] = 1'b0;
    end
    for (n = 0; n < N; n = n + (CARRY8_CELLS ? 8 : 4)) begin : chain
      wire carry;
      if (n == 0) assign carry = 1'b0;
      else assign carry = co[n - 1];
      if (CARRY8_CELLS)
        CARRY8 cell (.CI(carry), .CI_TOP(1'b0), .S(s[n+:8]), .DI(di[n+:8]), .O(o[n+:8]), .CO(co[n+:8]));
      else
        CARRY4 cell (.CI(carry), .CYINIT(1'b0), .S(s[n+:4]), .DI(di[n+:4]), .O(o[n+:4]), .CO(co[n+:4]));
    end
    assign total[N_BITS-1:0] = o[SECOND_ONE +: N_BITS];
    if (N_BITS < WIDTH) begin : top
      LUT6_2 #(.INIT({tops(1), tops(0)})) lut (
        .I0(x[X_WIDTH-1]), .I1(y[Y_WIDTH-1]), .I2(z[Z_WIDTH-1]), .I3(co[N-1]), .I4(control),
        .I5(1'b1), .O6(total[WIDTH-1]), .O5(total[WIDTH-2])
      );
    end
  endgenerate
`endif
endmodule
