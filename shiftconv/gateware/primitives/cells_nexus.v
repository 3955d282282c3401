// INIT is text, such as "0x8000".
module LUT4 #(parameter [47:0] INIT = "0x0000") (input A, B, C, D, output Z);
  function [3:0] digit(input [7:0] letter);
    digit = letter[6] ? letter[3:0] + 4'd9 : letter[3:0];
  endfunction
  wire [15:0] entries = {digit(INIT[31:24]), digit(INIT[23:16]), digit(INIT[15:8]), digit(INIT[7:0])};
  assign Z = entries[{D, C, B, A}];
endmodule
