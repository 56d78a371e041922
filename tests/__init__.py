"""The specification of Groundplan, as tests over drawn trees."""
