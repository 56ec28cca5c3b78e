// Uploads in, larger pictures out, with progress and cancellation:
//   curl --data-binary @photo.jpg localhost:5000/upscale -o photo-x4.png
//   curl --data-binary @photo.jpg localhost:5000/jobs              -> an id; then GET, GET .../result, DELETE on /jobs/ID
using System.Collections.Concurrent;
using PgpSr.Cpu;
using PgpSr.Hosting;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Samples.Web;

var builder = WebApplication.CreateBuilder(args);
// README
builder.Services.AddPgpSr(builder.Configuration.GetSection("PgpSr"), options => options.Backend = _ => CpuBackend.Create());
builder.Services.AddHealthChecks().AddCheck<UpscalerHealthCheck>("pgpsr");
// README
builder.Services.AddSingleton<ConcurrentDictionary<Guid, UpscaleJob>>();
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = 64L << 20);
var app = builder.Build();
app.MapHealthChecks("/health");

// What a client can do something about gets a status and a line.
app.Use(async (context, next) =>
{
    try
    {
        await next(context);
    }
    catch (UpscalerQueueFullException e)
    {
        await Answer(context, StatusCodes.Status503ServiceUnavailable, e.Message, retryAfter: "10");
    }
    catch (UploadTooLargeException e)
    {
        await Answer(context, StatusCodes.Status413PayloadTooLarge, e.Message);
    }
    catch (Exception e) when (e is ImageException or MemoryBudgetException)
    {
        await Answer(context, StatusCodes.Status422UnprocessableEntity, e.Message);
    }
    catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
    {
        // Nobody listens any more; the run has stopped.
    }
});

// A client that goes away cancels its run.
app.MapPost("/upscale", async (HttpContext context, IUpscaler upscaler) =>
{
    context.Response.ContentType = "image/png";
    await upscaler.UpscaleStreamAsync(context.Request.Body, context.Response.Body, cancellation: context.RequestAborted);
});

app.MapPost("/jobs", async (HttpContext context, IUpscaler upscaler, ConcurrentDictionary<Guid, UpscaleJob> jobs) =>
{
    var id = Guid.NewGuid();
    jobs[id] = await UpscaleJob.BeginAsync(upscaler, context.Request.Body, context.RequestAborted);
    // What nobody fetches does not stay.
    _ = Task.Delay(TimeSpan.FromHours(1)).ContinueWith(_ => RemoveAsync(jobs, id), TaskScheduler.Default);
    return Results.Accepted($"/jobs/{id}", new { id });
});
app.MapGet("/jobs/{id:guid}", (Guid id, ConcurrentDictionary<Guid, UpscaleJob> jobs) =>
    jobs.TryGetValue(id, out var job) ? Results.Ok(new { state = job.State, fraction = job.Fraction, message = job.Message }) : Results.NotFound());
app.MapGet("/jobs/{id:guid}/result", (Guid id, ConcurrentDictionary<Guid, UpscaleJob> jobs) =>
    jobs.TryGetValue(id, out var job) && job.State == "done" ? Results.File(job.Result, "image/png") : Results.NotFound());
app.MapDelete("/jobs/{id:guid}", async (Guid id, ConcurrentDictionary<Guid, UpscaleJob> jobs) =>
    await RemoveAsync(jobs, id) ? Results.NoContent() : Results.NotFound());
app.Run();

static Task Answer(HttpContext context, int status, string message, string? retryAfter = null)
{
    if (context.Response.HasStarted) return Task.CompletedTask;
    context.Response.Clear();
    context.Response.StatusCode = status;
    if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
    return context.Response.WriteAsync(message);
}

static async Task<bool> RemoveAsync(ConcurrentDictionary<Guid, UpscaleJob> jobs, Guid id)
{
    if (!jobs.TryRemove(id, out var job)) return false;
    await job.RemoveAsync();
    return true;
}
