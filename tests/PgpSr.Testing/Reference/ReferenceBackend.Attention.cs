using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override unsafe void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        int queries = q.Shape[1], keys = k.Shape[1], channels = q.Shape[2], depth = channels / heads;
        float* fromQ = ReferenceBuffer.Floats(q), fromK = ReferenceBuffer.Floats(k), fromV = ReferenceBuffer.Floats(v),
            to = ReferenceBuffer.Floats(y);
        ForEach((long)q.Shape[0] * heads * queries, item =>
        {
            int i = (int)(item % queries), head = (int)(item / queries % heads);
            long n = item / queries / heads;
            int seen = causal ? i + 1 : keys;
            var weights = new double[seen];
            float* query = fromQ + (n * queries + i) * channels + head * depth;
            for (int j = 0; j < seen; j++)
            {
                float* key = fromK + (n * keys + j) * channels + head * depth;
                double dot = 0;
                for (int c = 0; c < depth; c++) dot += (double)query[c] * key[c];
                weights[j] = scale * dot;
            }
            Softmax(weights);
            for (int c = 0; c < depth; c++)
            {
                double sum = 0;
                for (int j = 0; j < seen; j++) sum += weights[j] * fromV[(n * keys + j) * channels + head * depth + c];
                to[(n * queries + i) * channels + head * depth + c] = (float)sum;
            }
        });
    }

    static void Softmax(double[] values)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in values) largest = Math.Max(largest, value);
        for (int i = 0; i < values.Length; i++) sum += values[i] = Math.Exp(values[i] - largest);
        for (int i = 0; i < values.Length; i++) values[i] /= sum;
    }
}
