module LUT4 #(parameter [15:0] INIT = 0) (input I0, I1, I2, I3, output F);
  assign F = INIT[{I3, I2, I1, I0}];
endmodule
