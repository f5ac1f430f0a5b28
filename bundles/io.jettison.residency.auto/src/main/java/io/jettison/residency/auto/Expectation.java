package io.jettison.residency.auto;

import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.residency.ResidencyPolicy.Outlook;
import io.jettison.api.residency.ResidencyPolicy.Stay;
import java.time.Duration;
import java.util.List;

/**
 * What either residency is expected to cost from now until the user returns. The model:
 *
 * <ul>
 *   <li>How long that takes is drawn from what earlier stays, that were longer than this one is by
 *       now, had before them, and, with the weight of one more stay, from a quarter of, once, 4 and
 *       16 times what this one has lasted (at least 20 break-even times): who has been away for
 *       long stays away for long.
 *   <li>The PC is needed at random, as often as in this stay so far and, with the weight of twice
 *       the break-even time, once in that time. Each time costs a cycle of suspend and resume,
 *       selective where there is one; if it is needed so often that sleeping does not pay, it
 *       idles.
 *   <li>To park, it is awake for as long as the cold rest takes on the link, and sleeps then. If
 *       the user is back before, that was in vain.
 * </ul>
 *
 * Times scale with the profile's, so that a PC whose time is sped up is judged alike.
 *
 * @param seconds mean time until the user returns
 * @param wakesPerSecond how often the PC is needed
 * @param microsleepJoules mean energy if it is woken
 * @param parkJoules mean energy if the VM is parked
 */
record Expectation(
    double seconds, double wakesPerSecond, double microsleepJoules, double parkJoules) {
  private static final double[] PRIOR = {0.25, 1, 4, 16};
  private static final double LEAST_SCALE = 20;
  private static final double PRIOR_WAKE = 2;

  static Expectation of(Stay stay, Outlook outlook) {
    PowerProfile profile = outlook.profile();
    double[] left = left(stay, outlook);
    double[] weights = weights(left.length);
    double rate = rate(stay, profile);
    double mean = 0;
    double park = 0;
    for (int i = 0; i < left.length; i++) {
      mean += weights[i] * left[i];
      park += weights[i] * parkJoules(stay, profile, left[i]);
    }
    return new Expectation(mean, rate, mean * microsleepWatts(profile, rate), park);
  }

  /** Times until the user returns; the last ones are not from experience. */
  static double[] left(Stay stay, Outlook outlook) {
    double elapsed = seconds(stay.elapsed());
    List<Double> longer =
        outlook.earlier().stream()
            .map(Expectation::seconds)
            .filter(length -> length > elapsed)
            .map(length -> length - elapsed)
            .toList();
    double scale = Math.max(elapsed, LEAST_SCALE * outlook.profile().breakEvenSeconds());
    double[] left = new double[longer.size() + PRIOR.length];
    for (int i = 0; i < longer.size(); i++) {
      left[i] = longer.get(i);
    }
    for (int i = 0; i < PRIOR.length; i++) {
      left[longer.size() + i] = scale * PRIOR[i];
    }
    return left;
  }

  static double[] weights(int count) {
    int stays = count - PRIOR.length;
    double[] weights = new double[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (i < stays ? 1.0 : 1.0 / PRIOR.length) / (stays + 1);
    }
    return weights;
  }

  static double rate(Stay stay, PowerProfile profile) {
    double prior = Math.max(Double.MIN_NORMAL, PRIOR_WAKE * profile.breakEvenSeconds());
    return (stay.remoteFaults() + 1) / (seconds(stay.elapsed()) + prior);
  }

  /** Mean power of a PC that is needed so often, and sleeps in between where that pays. */
  static double microsleepWatts(PowerProfile profile, double rate) {
    PowerProfile woken = profile.selectively();
    double extra =
        Equations.cycleJoules(woken)
            - woken.sleepWatts() * (woken.suspendSeconds() + woken.resumeSeconds());
    return Math.min(profile.idleWatts(), profile.sleepWatts() + rate * Math.max(0, extra));
  }

  static double parkJoules(Stay stay, PowerProfile profile, double seconds) {
    double needed = stay.coldBytes() / Math.max(1, stay.linkBytesPerSecond());
    double awake = Math.min(seconds, needed);
    double watts = profile.networkWatts().orElse(profile.idleWatts());
    return watts * awake + profile.sleepWatts() * (seconds - awake);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
