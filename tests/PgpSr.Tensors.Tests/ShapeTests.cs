namespace PgpSr.Tensors.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Axes_count_from_either_end()
    {
        var shape = new Shape(2, 3, 5, 7);
        Assert.Equal(4, shape.Rank);
        Assert.Equal(210, shape.Count);
        Assert.Equal(3, shape[1]);
        Assert.Equal(7, shape[-1]);
        Assert.Equal(2, shape[-4]);
        Assert.Equal(30, shape.Rows);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    public void An_axis_that_is_not_there_is_an_error(int axis) => Assert.Throws<ArgumentOutOfRangeException>(() => new Shape(2, 3, 5, 7)[axis]);

    [Fact]
    public void A_shape_without_axes_has_one_element()
    {
        Assert.Equal(1, new Shape().Count);
        Assert.Equal(0, new Shape().Rows);
        Assert.Equal("[]", new Shape().ToString());
    }

    [Fact]
    public void An_empty_axis_makes_an_empty_shape()
    {
        Assert.Equal(0, new Shape(3, 0, 5).Count);
        Assert.Equal(0, new Shape(3, 0).Rows);
    }

    [Fact]
    public void Sizes_that_no_tensor_has_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Shape(1, 2, 3, 4, 5, 6));
        Assert.Throws<ArgumentException>(() => new Shape(2, -1));
        Assert.Throws<ArgumentException>(() => new Shape(int.MaxValue, int.MaxValue, 2));
        Assert.Equal((long)int.MaxValue * int.MaxValue, new Shape(int.MaxValue, int.MaxValue).Count);
    }

    [Fact]
    public void Equality_is_by_axes()
    {
        Assert.True(new Shape(2, 3) == new Shape(2, 3));
        Assert.True(new Shape(2, 3) != new Shape(3, 2));
        Assert.True(new Shape(2, 3) != new Shape(2, 3, 1));
        Assert.Equal(new Shape(2, 3).GetHashCode(), new Shape(2, 3).GetHashCode());
        Assert.False(new Shape(2, 3).Equals((object)"[2, 3]"));
    }

    [Fact]
    public void The_last_axis_can_be_replaced() => Assert.Equal(new Shape(2, 3, 9), new Shape(2, 3, 5).WithLast(9));

    [Theory]
    [InlineData(8, 3, 1, 1, 8)]
    [InlineData(8, 3, 2, 1, 4)]
    [InlineData(7, 3, 2, 1, 4)]
    [InlineData(3, 3, 1, 0, 1)]
    [InlineData(2, 3, 1, 0, 0)]
    [InlineData(2, 3, 2, 0, 0)]
    [InlineData(1, 5, 4, 1, 0)]
    public void A_convolution_that_does_not_fit_has_no_output(int size, int kernel, int stride, int padding, int expected)
    {
        var geometry = Conv2dGeometry.Square(kernel, stride, padding);
        Assert.Equal(expected, geometry.OutputHeight(size));
        Assert.Equal(expected, geometry.OutputWidth(size));
    }
}
