using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>What a backend's kernels will hold beside tensors, before they ran: a bound from how the CPU's kernels cut their work.</summary>
static class KernelScratch
{
    // Transforms of a phase exchange work on 16 channels of two maps at once: 128 bytes a position. A worker has planes of its own up to 16 MiB;
    // larger ones are shared by all.
    const long PlaneBytes = 128, LargestOwnBytes = 16L << 20;

    // Half a spectrum has one column more than half the width, and an odd size rounds up.
    const double SpectrumMargin = 1.1;

    // Panels of products, for each worker: within a few second-level caches.
    const long PanelBytes = 6L << 20;

    public static long Estimate(Backend backend, int width, int height)
    {
        int workers = Environment.ProcessorCount;
        long planes = (long)(PlaneBytes * SpectrumMargin * width * height);
        long transforms = Math.Max(planes, Math.Min(planes, LargestOwnBytes) * workers);
        return Math.Max(backend.ScratchBytes, transforms + PanelBytes * workers);
    }
}
