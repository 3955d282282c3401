module LUT4 #(parameter [15:0] INIT = 0) (input A, B, C, D, output Z);
  assign Z = INIT[{D, C, B, A}];
endmodule

// Two places of an adder; the carry of a place whose table gives 0 comes from the table's lowest
// four entries. Without the constant that INJECT1 puts in.
module CCU2C #(
  parameter [15:0] INIT0 = 0, INIT1 = 0,
  parameter INJECT1_0 = "NO", INJECT1_1 = "NO"
) (
  input CIN, A0, B0, C0, D0, A1, B1, C1, D1,
  output S0, S1, COUT
);
  wire table0 = INIT0[{D0, C0, B0, A0}], table1 = INIT1[{D1, C1, B1, A1}];
  wire carry = table0 ? CIN : INIT0[{2'b00, B0, A0}];
  assign S0 = table0 ^ CIN, S1 = table1 ^ carry;
  assign COUT = table1 ? carry : INIT1[{2'b00, B1, A1}];
endmodule
