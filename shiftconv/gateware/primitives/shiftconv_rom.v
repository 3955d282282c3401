// o = the word at address: see rom.py. Each bit of o has tables of its own, and behind them the
// multiplexers that the family has beside its look-up tables.
module shiftconv_rom #(
  parameter WIDTH = 1, ADDRESS_WIDTH = 1, DEPTH = 2,
  parameter CELLS = "",  // "amd", "ecp5", "gowin", "ice40" or "nexus"
  parameter [WIDTH*2**ADDRESS_WIDTH-1:0] COLUMNS = 0  // a bit of every word, then the next bit
) (
  input [ADDRESS_WIDTH-1:0] address,
  output [WIDTH-1:0] o
);
  localparam SIZE = 2**ADDRESS_WIDTH;
`ifdef SHIFTCONV_PORTABLE
  reg [WIDTH-1:0] words [0:SIZE-1];
  integer row, bit_;
  initial
    for (row = 0; row < SIZE; row = row + 1)
      for (bit_ = 0; bit_ < WIDTH; bit_ = bit_ + 1)
        words[row][bit_] = COLUMNS[SIZE*bit_+row];
  assign o = words[address];
`else
  // WIDEFN9 is two tables of four inputs and a multiplexer.
  localparam INPUTS = CELLS == "amd" ? 6 : CELLS == "nexus" && ADDRESS_WIDTH > 4 ? 5 : 4;
  localparam WORDS = 2**INPUTS;
  localparam TABLES = (DEPTH + WORDS - 1) / WORDS;
  localparam LEVELS = ADDRESS_WIDTH > INPUTS ? ADDRESS_WIDTH - INPUTS : 0;
  // Of these, with cells of their own.
  localparam WIDE = CELLS == "amd" ? 2 : CELLS == "ecp5" ? 3 : CELLS == "gowin" ? 4 : 0;
  // A short column is repeated for the inputs that it does not need.
  localparam COPIES = SIZE < WORDS ? WORDS / SIZE : 1;
  localparam PAIRS = CELLS == "amd" && ADDRESS_WIDTH < INPUTS ? WIDTH / 2 : 0;
  wire [LEVELS+INPUTS:0] a = address;
  genvar column, level, n;
  generate
    for (n = 0; n < PAIRS; n = n + 1) begin : pairs
      localparam [SIZE-1:0] LOW = COLUMNS[SIZE*2*n +: SIZE];
      localparam [SIZE-1:0] HIGH = COLUMNS[SIZE*(2*n+1) +: SIZE];
      LUT6_2 #(.INIT({{COPIES/2{HIGH}}, {COPIES/2{LOW}}})) lut (
        .I0(a[0]), .I1(a[1]), .I2(a[2]), .I3(a[3]), .I4(a[4]), .I5(1'b1),
        .O6(o[2*n+1]), .O5(o[2*n])
      );
    end
    for (column = 2 * PAIRS; column < WIDTH; column = column + 1) begin : bits
      // What is chosen by the lowest bits of the address, after each level.
      wire [TABLES-1:0] chosen [0:LEVELS];
      // A table is beside its multiplexer: two columns with the same one cannot share it.
      for (n = 0; n < TABLES; n = n + 1) begin : tables
        localparam [WORDS-1:0] INIT = {COPIES{COLUMNS[SIZE*column+WORDS*n +: WORDS/COPIES]}};
        if (CELLS == "amd")
          (* keep *)
          LUT6 #(.INIT(INIT)) lut (
            .I0(a[0]), .I1(a[1]), .I2(a[2]), .I3(a[3]), .I4(a[4]), .I5(a[5]), .O(chosen[0][n])
          );
        else if (CELLS == "ice40")
          (* keep *)
          SB_LUT4 #(.LUT_INIT(INIT)) lut (
            .I0(a[0]), .I1(a[1]), .I2(a[2]), .I3(a[3]), .O(chosen[0][n])
          );
        else if (CELLS == "gowin")
          (* keep *)
          LUT4 #(.INIT(INIT)) lut (
            .I0(a[0]), .I1(a[1]), .I2(a[2]), .I3(a[3]), .F(chosen[0][n])
          );
        else if (CELLS == "ecp5")
          (* keep *)
          LUT4 #(.INIT(INIT)) lut (.A(a[0]), .B(a[1]), .C(a[2]), .D(a[3]), .Z(chosen[0][n]));
        else if (CELLS == "nexus" && DEPTH - WORDS * n <= 16)
          (* keep *)
          LUT4 #(.INIT($sformatf("0x%04X", INIT[15:0]))) lut (
            .A(a[0]), .B(a[1]), .C(a[2]), .D(a[3]), .Z(chosen[0][n])
          );
        else if (CELLS == "nexus")
          (* keep *)
          WIDEFN9 #(
            .INIT0($sformatf("0x%04X", INIT[15:0])), .INIT1($sformatf("0x%04X", INIT[WORDS-1:16]))
          ) lut (
            .A0(a[0]), .B0(a[1]), .C0(a[2]), .D0(a[3]),
            .A1(a[0]), .B1(a[1]), .C1(a[2]), .D1(a[3]), .SEL(a[4]), .Z(chosen[0][n])
          );
        else
          assign chosen[0][n] = INIT[a[INPUTS-1:0]];
      end
      for (level = 0; level < LEVELS; level = level + 1) begin : levels
        wire select = a[INPUTS+level];
        for (n = 0; n << level + 1 < TABLES; n = n + 1) begin : muxes
          wire low = chosen[level][2*n];
          if (2 * n + 1 << level >= TABLES)
            assign chosen[level+1][n] = low;
          else begin : pair
            wire high = chosen[level][2*n+1];
            if (2 * n + 2 << level > TABLES || level >= WIDE)
              assign chosen[level+1][n] = select ? high : low;
            else if (CELLS == "amd" && level == 0)
              MUXF7 mux (.I0(low), .I1(high), .S(select), .O(chosen[level+1][n]));
            else if (CELLS == "amd")
              MUXF8 mux (.I0(low), .I1(high), .S(select), .O(chosen[level+1][n]));
            else if (CELLS == "ecp5" && level == 0)
              PFUMX mux (.BLUT(low), .ALUT(high), .C0(select), .Z(chosen[level+1][n]));
            else if (CELLS == "ecp5")
              L6MUX21 mux (.D0(low), .D1(high), .SD(select), .Z(chosen[level+1][n]));
            else if (level == 0)
              MUX2_LUT5 mux (.I0(low), .I1(high), .S0(select), .O(chosen[level+1][n]));
            else if (level == 1)
              MUX2_LUT6 mux (.I0(low), .I1(high), .S0(select), .O(chosen[level+1][n]));
            else if (level == 2)
              MUX2_LUT7 mux (.I0(low), .I1(high), .S0(select), .O(chosen[level+1][n]));
            else
              MUX2_LUT8 mux (.I0(low), .I1(high), .S0(select), .O(chosen[level+1][n]));
          end
        end
      end
      assign o[column] = chosen[LEVELS][0];
    end
  endgenerate
`endif
endmodule
