"""Our notes on Grafix 0.0.6, in English: what its own help does not say, and where a plotter sketch goes wrong."""

OPERATIONS: dict[str, str] = {
    "G.asemic": (
        "Pseudo-handwriting (invented glyphs); same character+seed => same glyph. 1em = scale mm, text starts "
        "at center (top-left) and runs right/down."
    ),
    "G.grid": (
        "nx vertical + ny horizontal straight lines filling a square of side scale, centred on center. Each line has "
        "only 2 points: E.subdivide before bending it."
    ),
    "G.line": "One segment.",
    "G.lissajous": "One open Lissajous polyline, width/height = scale.",
    "G.lsystem": (
        "Turtle L-system. Symbols F draw, f move, + left, - right, [ push, ] pop. y points DOWN the page: use "
        "heading=270 to grow upward."
    ),
    "G.polygon": (
        "Closed regular n-gon inscribed in a circle of DIAMETER scale (n>=64: a circle). Square aligned to "
        "axes: n_sides=4, phase=45, side = scale/1.414. sweep<360 gives an arc closed by its chord."
    ),
    "G.polyhedron": (
        "Wireframe polyhedron faces (3D, orthographic: z is dropped). Rotate with E.rotate/E.affine first."
    ),
    "G.sphere": "Wireframe sphere of diameter scale (no hidden-line removal).",
    "G.text": (
        'Font outlines. The default font FAILS on Linux: always pass font="GoogleSans-Regular.ttf" (also '
        "-Medium, -SemiBold, -Bold; Latin only). Missing glyphs are skipped with a warning."
    ),
    "G.torus": "Wireframe torus; radii are multiplied by scale (outer diameter = 2*(major+minor)*scale).",
    "E.affine": "scale, then rotate, then translate in one step.",
    "E.bold": "Duplicates each line count times with small random offsets (hand-inked weight). Multiplies plot time.",
    "E.buffer": "Outline of the shape grown by distance (Shapely buffer); negative shrinks closed shapes.",
    "E.clip": "TWO inputs: E.clip(...)(base, mask). Keeps base lines inside/outside closed mask rings (even-odd).",
    "E.collapse": (
        "Cuts every segment in 2^subdivisions disconnected pieces and jitters them (crumbling/grass). Many "
        "short strokes."
    ),
    "E.dash": "Dashes. Accepts sequences for patterns, e.g. dash_length=[8,2], gap_length=[2,1].",
    "E.displace": (
        "3D Perlin displacement of vertices: E.subdivide first. Move t for animation/variation. It has NO "
        "seed: vary t or translate the input."
    ),
    "E.drop": "Removes (or keeps) lines by index/length/probability.",
    "E.extrude": "Copies lines by delta and joins vertices with side edges.",
    "E.fill": (
        "Hatches CLOSED rings (even-odd, holes respected; open lines pass through). density = number of hatch "
        "lines across the shape's height, so spacing = height/density. Accepts sequences cycled per ring "
        "group: density=[20,40], angle=[0,60]."
    ),
    "E.growth": "Differential growth inside a closed mask: brain-coral folds.",
    "E.highpass": "Exaggerates fine wiggles of a polyline.",
    "E.isocontour": "Distance-field contours of closed curves (topographic rings).",
    "E.lowpass": "Gaussian smoothing of polylines (rounds corners).",
    "E.metaball": "Merges nearby closed curves into gooey outlines.",
    "E.mirror": (
        "2D mirror around (cx,cy): DEFAULT CENTRE IS (0,0), always set cx=W/2, cy=H/2. n_mirror 1: x-mirror, "
        "2: quadrants, n>=3: kaleidoscope with 2n sectors."
    ),
    "E.mirror3d": "3D kaleidoscope about an axis, or polyhedral group (T 12, O 24, I 60 copies).",
    "E.partition": "Voronoi cells of a closed region (closed rings: fill/buffer them next).",
    "E.pixelate": "Turns lines into axis-aligned staircase on a grid.",
    "E.quantize": "Snaps vertices to a grid.",
    "E.reaction_diffusion": (
        "Gray-Scott inside a closed mask, output contours. SLOW: default on A4 9 s, grid_pitch 0.2 + 10000 "
        "steps > 90 s. Default seeds only a central disc: raise noise or seed_radius to fill the page."
    ),
    "E.relax": "Elastic relaxation of a line network (graph).",
    "E.repeat": (
        "grid: original + count copies interpolated from identity to offset/rotation_step/scale. radial: "
        "n_theta x n_radius copies on rings up to radius. Offsets are END values, not per-step."
    ),
    "E.rotate": "Rotation (deg); auto_center = about the mean vertex.",
    "E.scale": "Scaling; by_line/by_face scale each element about itself.",
    "E.subdivide": "Midpoint insertion, 2^n segments (stops below 0.01 mm).",
    "E.translate": "Offset in mm.",
    "E.trim": "Keeps the arc-length interval [start_param,end_param] of every line.",
    "E.twist": "Twists around an axis through the centre (3D forms).",
    "E.warp": (
        "TWO inputs: E.warp(...)(base, mask). lens: scale/rotate/shear/swirl inside the mask; attract: "
        "pull/push lines to the mask border. Subdivide base first."
    ),
    "E.weave": "String-art web of chords inside a closed curve, relaxed as a network.",
    "E.wobble": "Sine displacement of vertices (hand-drawn feel at amplitude 0.2-1). Subdivide first.",
}

PARAMETERS: dict[str, str] = {
    "G.asemic.text": "\\n = new line",
    "G.asemic.n_nodes": "graph nodes per glyph; <8 may give empty glyphs",
    "G.asemic.candidates": "best-candidate spacing quality",
    "G.asemic.stroke_min": "strokes per glyph",
    "G.asemic.walk_min_steps": "steps per stroke",
    "G.asemic.bezier_tension": "0 loose, 1 straight",
    "G.asemic.glyph_advance_em": "advance per glyph",
    "G.asemic.use_bounding_box": "wrap at box_width (mm)",
    "G.asemic.scale": "mm per em; 4-20 sensible",
    "G.grid.scale": "side in mm",
    "G.line.anchor": "which point center is",
    "G.line.length": "mm",
    "G.line.angle": "deg, 0=+x, 90=down the page",
    "G.lissajous.a": "x frequency",
    "G.lissajous.b": "y frequency",
    "G.lissajous.phase": "deg",
    "G.lissajous.turns": "use a non-integer ratio + many turns for dense weaves; raise samples with turns",
    "G.lsystem.kind": "'custom' uses axiom+rules",
    "G.lsystem.iters": "500k-character cap; plant 8 = 33k lines",
    "G.lsystem.center": "start point",
    "G.lsystem.heading": "deg",
    "G.lsystem.angle": "deg turn",
    "G.lsystem.step": "mm per F",
    "G.lsystem.jitter": "relative randomness of angle and step",
    "G.lsystem.rules": "lines 'A=...'; '#' comments",
    "G.polygon.phase": "deg",
    "G.polygon.sweep": "deg",
    "G.polyhedron.type_index": (
        "0 tetra,1 cube,2 octa,3 dodeca,4 icosa,5 cuboctahedron,6 icosidodeca,7 trunc tetra,8 trunc cube,9 "
        "trunc octa,10 trunc dodeca,11 trunc icosa (football),12 rhombicubocta,13/14 snub cube L/R,15/16 snub "
        "dodeca L/R,17 trunc cubocta,18 rhombicosidodeca,19 trunc icosidodeca"
    ),
    "G.sphere.type_index": "0 lat/long,1 zigzag spiral,2 icosphere,3 rings",
    "G.sphere.mode": "0 latitudes,1 longitudes,2 both (types 0,3)",
    "G.text.font_index": "ttc only",
    "G.text.box_width": "wrap width mm",
    "G.text.quality": "flattening",
    "G.text.scale": "mm per em",
    "E.affine.rotation": "deg (rx,ry,rz)",
    "E.affine.delta": "mm",
    "E.bold.count": "output strokes incl. original",
    "E.bold.radius": "mm",
    "E.buffer.quad_segs": "arc smoothness",
    "E.buffer.distance": "mm",
    "E.buffer.union": "merge overlapping inputs first",
    "E.clip.draw_outline": "also emit the mask",
    "E.collapse.intensity": "mm",
    "E.collapse.subdivisions": "stroke count x2 per level; 2-5 sensible",
    "E.collapse.intensity_mask_base": "per-axis gain at bbox centre",
    "E.collapse.intensity_mask_slope": "gain gradient across bbox",
    "E.dash.offset_jitter": "mm per-line random phase",
    "E.displace.amplitude": "mm; (x,y,0) for paper",
    "E.displace.spatial_freq": "1/mm; 0.005-0.06",
    "E.displace.amplitude_gradient": "stronger towards + side",
    "E.displace.gradient_profile": "linear or radial falloff",
    "E.displace.t": "noise phase (any float)",
    "E.drop.interval": "every n-th, 0 off",
    "E.drop.min_length": "lines <= this, <0 off",
    "E.drop.max_length": "lines >= this, <0 off",
    "E.drop.probability_base": "(px,py,pz) combined as OR",
    "E.drop.by": "'face' = closed rings",
    "E.extrude.delta": "mm, clamped to 200",
    "E.extrude.scale": "of the copy",
    "E.fill.angle_sets": "1 single, 2 cross, 3 = 60deg...",
    "E.fill.angle": "deg",
    "E.fill.spacing_gradient": "non-uniform spacing",
    "E.fill.remove_boundary": "drop the outline",
    "E.growth.seed_count": "starting loops",
    "E.growth.target_spacing": "mm",
    "E.growth.boundary_avoid": "push from the mask",
    "E.growth.iters": "250: 0.4 s; 2000 with spacing .5: >90 s",
    "E.highpass.step": "resample mm",
    "E.highpass.sigma": "mm",
    "E.highpass.gain": "strength",
    "E.isocontour.spacing": "mm between levels; keep >= pen width",
    "E.isocontour.phase": "mm shift",
    "E.isocontour.max_dist": "mm",
    "E.isocontour.grid_pitch": "mm; 0.2 fine/0.5 default",
    "E.isocontour.gamma": "nonlinear spacing",
    "E.isocontour.level_step": "keep each n-th",
    "E.lowpass.step": "resample mm",
    "E.lowpass.sigma": "mm",
    "E.metaball.radius": "mm reach",
    "E.metaball.threshold": "lower = fatter",
    "E.metaball.grid_pitch": "mm",
    "E.mirror.cx": "mm",
    "E.mirror.cy": "mm",
    "E.mirror.source_positive_x": "which half is the source",
    "E.mirror3d.n_azimuth": "sectors",
    "E.mirror3d.center": "mm; set it",
    "E.partition.mode": "merge|group|ring",
    "E.partition.site_count": "cells",
    "E.partition.site_density_base": "acceptance per axis; all 0 = uniform",
    "E.pixelate.step": "mm",
    "E.quantize.step": "mm",
    "E.reaction_diffusion.grid_pitch": "mm; 0.8-1.5 for drafts",
    "E.reaction_diffusion.steps": "2000-6000",
    "E.reaction_diffusion.feed": ".01-.06",
    "E.reaction_diffusion.kill": ".045-.065",
    "E.reaction_diffusion.seed_radius": "mm",
    "E.reaction_diffusion.level": "contour",
    "E.reaction_diffusion.min_points": "drop tiny loops",
    "E.repeat.count": "grid copies (output = count+1)",
    "E.repeat.radius": "mm",
    "E.repeat.theta": "start deg",
    "E.repeat.scale": "end scale",
    "E.repeat.curve": "easing for cumulative_*",
    "E.subdivide.subdivisions": "4-6 before displace",
    "E.twist.angle": "deg",
    "E.twist.axis_dir": "vector",
    "E.warp.strength": "0-2",
    "E.warp.band": "mm blend width",
    "E.warp.bias": "mm target distance",
    "E.warp.snap_band": "mm reach, 0 = all",
    "E.warp.falloff": "mm",
    "E.weave.num_candidate_lines": "<=500",
    "E.wobble.amplitude": "mm",
    "E.wobble.frequency": "1/mm",
    "E.wobble.phase": "deg",
}
