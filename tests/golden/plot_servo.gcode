; artloop, profile servo; origin: lower left of 100 x 80 mm paper
; 3 strokes, 0.12 m pen down, 0.18 m up, about 0.1 min
; pen up: M400 | M280 P0 S60 | G4 P150
; pen down: M400 | M280 P0 S30 | G4 P150
G21 ; millimetres
G90 ; from the origin
M400
M280 P0 S60
G4 P150
; pen 1 of 2: ink #102030 0.3 mm
; stroke 1 of 3
G0 X10 Y10 F6000
M400
M280 P0 S30
G4 P150
G1 X20 Y19.5 F3000
G1 X30.125 Y10
M400
M280 P0 S60
G4 P150
; stroke 2 of 3
G0 X40 Y40 F6000
M400
M280 P0 S30
G4 P150
M400
M280 P0 S60
G4 P150
; next pen
M0 insert pen 2: red s_5
; pen 2 of 2: red s_5 #c02020 0.5 mm
; stroke 3 of 3
G0 X90 Y70 F6000
M400
M280 P0 S30
G4 P150
G1 X0 Y80 F3000
M400
M280 P0 S60
G4 P150
; end
G0 X0 Y0 F6000
