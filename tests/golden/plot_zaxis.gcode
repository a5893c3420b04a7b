; artloop, profile zaxis; origin: lower left of 100 x 80 mm paper
; 3 strokes, 0.12 m pen down, 0.18 m up, about 0.1 min
; pen up: G0 Z5
; pen down: G1 Z0 F1000
G21 ; millimetres
G90 ; from the origin
G0 Z5
; pen 1 of 2: ink #102030 0.3 mm
; stroke 1 of 3
G0 X10 Y10
G1 Z0 F1000
G1 X20 Y19.5 F3000
G1 X30.125 Y10
G0 Z5
; stroke 2 of 3
G0 X40 Y40
G1 Z0 F1000
G0 Z5
; next pen
M0 (MSG, insert pen 2: red s_5)
; pen 2 of 2: red s_5 #c02020 0.5 mm
; stroke 3 of 3
G0 X90 Y70
G1 Z0 F1000
G1 X0 Y80 F3000
G0 Z5
; end
G0 X0 Y0
