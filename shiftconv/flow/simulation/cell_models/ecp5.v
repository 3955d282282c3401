// The ECP5's block memory, which Yosys has as an empty box, after Lattice's TN-02204: INITVAL_00
// holds the lowest sixteen words of 18 bits, each in 20. A port of 36 bits reads and writes the
// upper half on the other port's pins. Not modelled: output registers, chip selects, two clocks.

// Sixteen parameters of one name and their last hexadecimal digit, declared or put side by side.
`define DECLARE16(W, N) \
  parameter [W-1:0] N``0 = 0, N``1 = 0, N``2 = 0, N``3 = 0, N``4 = 0, N``5 = 0, N``6 = 0, \
    N``7 = 0, N``8 = 0, N``9 = 0, N``A = 0, N``B = 0, N``C = 0, N``D = 0, N``E = 0, N``F = 0;
`define JOIN16(N) N``F, N``E, N``D, N``C, N``B, N``A, N``9, N``8, N``7, N``6, N``5, N``4, N``3, \
  N``2, N``1, N``0

module DP16KD (
  input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
    DIA4, DIA3, DIA2, DIA1, DIA0,
  input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0,
  input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
    DIB4, DIB3, DIB2, DIB1, DIB0,
  input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0
);
  `DECLARE16(320, INITVAL_0)
  `DECLARE16(320, INITVAL_1)
  `DECLARE16(320, INITVAL_2)
  `DECLARE16(320, INITVAL_3)
  parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18;
  parameter WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
  parameter RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC", GSR = "AUTO", WID = 0;
  parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG", CSDECODE_A = "0b000", CSDECODE_B = "0b000";
  parameter CLKAMUX = "CLKA", CLKBMUX = "CLKB";
  initial if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG")
    $fatal(1, "%m has output registers; its model has none");
  initial if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB") $fatal(1, "%m has a clock inverted");

  function integer mode(input [8*15-1:0] name);
    mode = name == "WRITETHROUGH" ? 1 : name == "READBEFOREWRITE" ? 2 : 0;
  endfunction

  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2,
    ADA1, ADA0};
  wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2,
    ADB1, ADB0};
  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7,
    DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
    DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire [71:0] doa, dob;
  shiftconv_block_ram #(
    .BITS(14), .UNIT(9), .PITCH(20), .INIT({`JOIN16(INITVAL_3), `JOIN16(INITVAL_2),
      `JOIN16(INITVAL_1), `JOIN16(INITVAL_0)}),
    .READ_A(DATA_WIDTH_A == 36 ? 0 : DATA_WIDTH_A), .WRITE_A(DATA_WIDTH_A),
    .MODE_A(mode(WRITEMODE_A)),
    .READ_B(DATA_WIDTH_B), .WRITE_B(DATA_WIDTH_B == 36 ? 0 : DATA_WIDTH_B),
    .MODE_B(mode(WRITEMODE_B)), .UNGATED(1)
  ) ram (
    .clk(CLKA), .en_a(CEA), .rst_a(RSTA), .addr_a(ada),
    .we_a(DATA_WIDTH_A == 36 ? {8{WEA}} & ada[3:0]
          : DATA_WIDTH_A == 18 ? {8{WEA}} & ada[1:0] : WEA),
    .di_a({dib, dia}), .do_a(doa),
    .en_b(CEB), .rst_b(RSTB), .addr_b(adb),
    .we_b(DATA_WIDTH_B == 18 ? {8{WEB}} & adb[1:0] : WEB), .di_b(dib), .do_b(dob)
  );
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? dob[17:0] : doa[17:0];
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? dob[35:18] : dob[17:0];
endmodule
