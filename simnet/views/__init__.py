"""Views: a trace in, a picture out.  They read traces only and never touch a running device.

In reading order:

    drawing theme metrics        shapes with coordinates; colors by role; how wide text is
    svg raster                   painters: SVG by hand, PNG and PDF by matplotlib
    hops inference moments labels clock
                                 what a ladder shows: journeys of frames, states, words, times
    terminal text_rows text_grid text_list text_paint text_ladder
                                 the ladder in a terminal
    time_axis spacing ladder_plan ladder_paint ladder
                                 the sequence diagram
    symbols map_style map_devices segments layout blocks placing arranging map_plan topology
                                 the topology diagram
    dot mermaid                  networks and ladders in other people's languages

The entrances: `text_ladder.draw`, `ladder.draw`, `topology.draw`, `svg.render`, `raster.png`, `raster.pdf`,
`dot.network`,
`mermaid.network`, `mermaid.ladder`.  Must not import: engine, stack, devices, topology (the
package of that name), programs.  matplotlib and networkx are imported only by the functions that need them.
"""
