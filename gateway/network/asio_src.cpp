// Asio's and Beast's own code, once, instead of in every source that includes a part of them.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
