"""What maps, pages and pictures are drawn with: windows, outlines, legends, and the frames of a film."""
