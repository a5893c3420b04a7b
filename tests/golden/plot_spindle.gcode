; artloop, profile spindle; origin: lower left of 100 x 80 mm paper
; 3 strokes, 0.12 m pen down, 0.18 m up, about 0.1 min
; pen up: M3 S0 | G4 P0.15
; pen down: M3 S1000 | G4 P0.15
G21 ; millimetres
G90 ; from the origin
M3 S0
G4 P0.15
; pen 1 of 2: ink #102030 0.3 mm
; stroke 1 of 3
G0 X10 Y10
M3 S1000
G4 P0.15
G1 X20 Y19.5 F3000
G1 X30.125 Y10
M3 S0
G4 P0.15
; stroke 2 of 3
G0 X40 Y40
M3 S1000
G4 P0.15
M3 S0
G4 P0.15
; next pen
M0 (MSG, insert pen 2: red s_5)
; pen 2 of 2: red s_5 #c02020 0.5 mm
; stroke 3 of 3
G0 X90 Y70
M3 S1000
G4 P0.15
G1 X0 Y80 F3000
M3 S0
G4 P0.15
; end
G0 X0 Y0
M5
