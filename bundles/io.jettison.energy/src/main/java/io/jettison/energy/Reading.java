package io.jettison.energy;

/**
 * A figure and where it is from.
 *
 * @param meter the meter's name; where there are several of a kind, with the name it was given
 * @param joules energy since an arbitrary moment; NaN while the meter does not answer
 */
public record Reading(String meter, double joules) {}
