/**
 * Context-aware selective resume (Bila et al. 2015, §7: CAESAR): a PC woken for one thing resumes
 * only what that thing needs.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.caesar;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
