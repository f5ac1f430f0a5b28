/**
 * What gaps between requests cost a PC that sleeps in them, with and without knowing how long they
 * will be. Copied into the policies that use it.
 *
 * <h2>Model</h2>
 *
 * A gap is the time I from the answer of one request to the next request. A partial VM that asked
 * for a page stands still, so how long a gap is does not depend on how long the request before it
 * had to wait. In each gap the PC stays awake for its timer w and then goes to sleep. P_i, P_s,
 * P_o, P_r, t_o, t_r and t_b are those of Bila et al. 2015, §5.2; E = P_o·t_o + P_r·t_r is one
 * cycle of transitions and D = P_i − P_s.
 *
 * <ul>
 *   <li>I ≤ w: the PC is awake when the request comes. Cost P_i·I.
 *   <li>I &gt; w: it is suspending or asleep, and wakes: a suspend that began cannot be broken off.
 *       Cost P_i·w + E + P_s·max(0, I − w − t_o).
 * </ul>
 *
 * <h2>Foresight</h2>
 *
 * Who knows I chooses the better of staying awake and sleeping at once, as any w between costs more
 * than w = 0: OPT(I) = min(P_i·I, E + P_s·max(0, I − t_o)). This is the offline optimum: the best
 * timer of each single gap. A PC that is moreover woken before it is asked never has a request wait
 * and costs min(P_i·I, E + P_s·max(0, I − t_o − t_r)), which is how the paper's t_b comes about:
 * there the two are equal.
 *
 * <h2>Waiting t_b is 2-competitive</h2>
 *
 * With w = t_b: for I ≤ t_b the cost is P_i·I, and OPT(I) is the same. For I &gt; t_b it is P_i·t_b
 * + E + P_s·max(0, I − t_b − t_o). By Eq. (3) P_i·t_b = E + P_s·(t_b − t_o − t_r). Let the
 * transitions draw no less than idling does, as they do in all PCs known; then t_b ≥ t_o + t_r and
 * E ≤ P_i·t_b, so
 *
 * <ul>
 *   <li>the cost is at most 2·P_i·t_b + P_s·(I − t_b) ≤ 2·P_i·I;
 *   <li>and at most 2·E + P_s·(t_b − t_o − t_r) + P_s·max(0, I − t_b − t_o) ≤ 2·(E + P_s·(I −
 *       t_o)).
 * </ul>
 *
 * Thus at most 2·OPT(I), in each gap and so in any sequence of them. It cannot be less than 2 as
 * P_s goes to 0: a gap just longer than t_b costs P_i·t_b + E, and OPT is P_i·t_b. The same bound
 * holds against the PC that is also woken ahead. Of a PC whose transitions draw less than idling
 * the bound is kept by w = E / P_i, which then is longer than t_b: with it the cost in a longer gap
 * is 2·E + P_s·max(0, I − w − t_o), at most twice each of the two terms of OPT. {@link
 * io.jettison.sleep.gaps.GapCost#boundedTimer} is the longer of both.
 *
 * <h2>A random timer is e/(e − 1)-competitive</h2>
 *
 * Let B = (E − P_s·t_o) / D = t_b + P_s·t_r / D, which is where the two terms of OPT cross. With
 * t_o ≤ B, OPT(I) = P_s·I + D·min(I, B). The cost of a timer w &lt; I is P_s·I + D·(w + B) +
 * P_s·max(0, w + t_o − I): the classical ski rental with rent D and price D·B, on top of P_s·I that
 * everybody pays, and what a suspend that overshoots the gap adds. Draw w in [0, B] with density
 * f(w) = exp(w/B) / (B·(e − 1)). The first two terms are expected to cost P_s·I + e/(e −
 * 1)·D·min(I, B). So the bound holds if the overshoot X(I) = ∫ f(w)·max(0, w + t_o − I) dw over w
 * &lt; min(I, B) is at most I / (e − 1). Let t_o ≤ B / (e − 1).
 *
 * <ul>
 *   <li>I ≤ t_o: X ≤ t_o·(exp(I/B) − 1) / (e − 1) ≤ t_o·I / B ≤ I / (e − 1), since exp(x) − 1 ≤ (e
 *       − 1)·x in [0, 1].
 *   <li>I &gt; t_o: X ≤ f(B)·t_o² / 2 = e / (2·(e − 1))·(t_o / B)·t_o ≤ 0.8·t_o / (e − 1) &lt; I /
 *       (e − 1).
 * </ul>
 *
 * Where t_o is longer than that ({@link io.jettison.sleep.gaps.GapCost#randomizable}) nothing is
 * claimed. The bound is in expectation, against gaps that do not depend on the draw.
 *
 * <h2>Learning within the bound</h2>
 *
 * Let the credit of a PC be 2·ΣOPT − Σcost over its gaps so far. A gap with a timer w ≤ {@code
 * boundedTimer} costs at most E − P_i·w more than 2·OPT: if I ≤ w it costs OPT; at I just above w
 * it is P_i·w + E − 2·P_i·w, and for longer gaps 2·OPT grows no slower than the cost. So whoever
 * takes a timer only when the credit is at least E − P_i·w, and waits {@code boundedTimer} else,
 * never has a credit below 0: never costs more than twice the offline optimum, whatever comes, at
 * the end of any gap. Every gap the PC sits out awake, or sleeps through as it should, adds to the
 * credit.
 */
@NullMarked
package io.jettison.sleep.gaps;

import org.jspecify.annotations.NullMarked;
