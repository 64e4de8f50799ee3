"""What maps, pages, pictures and charts are drawn with: windows, outlines, legends, paper, texts, frames of a film."""
